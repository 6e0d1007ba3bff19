<?php
// php site.php COMMAND FILE: the JSON in FILE is the command's argument; prints JSON.
$_SERVER += ['HTTP_HOST' => parse_url(getenv('WORDPRESS_URL'), PHP_URL_HOST), 'REQUEST_METHOD' => 'GET'];
[, $command, $file] = $argv;
$argument = json_decode(file_get_contents($file), true, flags: JSON_THROW_ON_ERROR);

if ($command === 'install') {
    $name = getenv('WORDPRESS_DB_NAME');
    [$host, $port] = explode(':', getenv('WORDPRESS_DB_HOST'));
    $server = new mysqli($host, getenv('WORDPRESS_DB_USER'), getenv('WORDPRESS_DB_PASSWORD'), null, (int) $port);
    $server->query("DROP DATABASE IF EXISTS `$name`");
    $server->query("CREATE DATABASE `$name` CHARACTER SET utf8mb4");
    define('WP_INSTALLING', true);
}
require __DIR__ . '/usr/share/wordpress/wp-load.php';
echo wp_json_encode($command($argument));

/** Make the site; returns the version and the application password of each user. */
function install(array $users): array
{
    require_once ABSPATH . 'wp-admin/includes/upgrade.php';
    wp_install('Brands', 'admin', 'admin@example.com', false, '', wp_generate_password());
    update_option('permalink_structure', '/%postname%/');
    delete_option('rewrite_rules'); // made anew by the first request
    do_action('init'); // the roles
    $passwords = [];
    foreach ($users as $login => $role) {
        $email = "$login@example.com";
        $id = username_exists($login)
            ?: wp_insert_user(['user_login' => $login, 'user_pass' => wp_generate_password(), 'user_email' => $email]);
        (new WP_User($id))->set_role($role);
        [$password] = WP_Application_Passwords::create_new_application_password($id, ['name' => 'tests']);
        $passwords[$login] = WP_Application_Passwords::chunk_password($password);
    }
    return ['version' => get_bloginfo('version'), 'passwords' => $passwords];
}

/** Publish brands; returns their ids. */
function seed(array $brands): array
{
    global $wpdb;
    $wpdb->query('START TRANSACTION');
    wp_set_current_user(get_user_by('login', 'editor')->ID);
    $ids = array_map(fn ($brand) => wp_insert_post(wp_slash([
        'post_type' => 'brand',
        'post_status' => 'publish',
        'post_title' => $brand['name'],
        'post_content' => $brand['description'] ?? '',
        'meta_input' => array_filter([
            'website_url' => $brand['website_url'] ?? null,
            'external_id' => $brand['external_id'] ?? null,
        ]),
    ]), true), $brands);
    $wpdb->query('COMMIT');
    return $ids;
}

/** The fields of each published brand by id. */
function published(): object
{
    global $wpdb;
    $found = [];
    foreach ($wpdb->get_results("SELECT * FROM $wpdb->posts WHERE post_type = 'brand' AND post_status = 'publish'") as $post) {
        $found[$post->ID] = [
            'name' => $post->post_title,
            'description' => $post->post_content ?: null,
            'website_url' => get_post_meta($post->ID, 'website_url', true) ?: null,
            'external_id' => ($id = get_post_meta($post->ID, 'external_id', true)) === '' ? null : $id,
        ];
    }
    return (object) $found;
}

/** Whether the editing screen of an entry would offer an autosave: the condition of wp-admin/edit-form-blocks.php. */
function offered(int $id): bool
{
    $autosave = wp_get_post_autosave($id);
    return $autosave && strtotime($autosave->post_modified_gmt) > strtotime(get_post($id)->post_modified_gmt);
}

/** What WordPress's own scheduler does when the time of a scheduled entry has come. */
function publish_scheduled(array $scheduled): void
{
    global $wpdb;
    [$id, $date] = $scheduled;
    $wpdb->update($wpdb->posts, ['post_date' => get_date_from_gmt($date), 'post_date_gmt' => $date], ['ID' => $id]);
    clean_post_cache($id);
    check_and_publish_future_post($id);
}

/** Set the moment of an entry's last change, in UTC. */
function modified(array $changed): void
{
    global $wpdb;
    [$id, $date] = $changed;
    $wpdb->update($wpdb->posts, ['post_modified' => get_date_from_gmt($date), 'post_modified_gmt' => $date], ['ID' => $id]);
    clean_post_cache($id);
}

/** Set the moment of an entry's publication, in UTC. */
function dated(array $changed): void
{
    global $wpdb;
    [$id, $date] = $changed;
    $wpdb->update($wpdb->posts, ['post_date' => get_date_from_gmt($date), 'post_date_gmt' => $date], ['ID' => $id]);
    clean_post_cache($id);
}

/** Set options. */
function options(array $options): void
{
    array_walk($options, fn ($value, $name) => update_option($name, $value));
}

/** Give a role a capability, or take it. */
function capability(array $changed): void
{
    [$role, $capability, $given] = $changed;
    $given ? get_role($role)->add_cap($capability) : get_role($role)->remove_cap($capability);
}

/** Give an entry a featured image of that address. */
function featured(array $image): void
{
    [$id, $file] = $image;
    $attachment = wp_insert_attachment(['post_title' => $file, 'post_mime_type' => 'image/png'], $file, $id);
    set_post_thumbnail($id, $attachment);
}

/** The title and the text of the latest revision of an entry. */
function revision(int $id): array
{
    $revision = current(wp_get_post_revisions($id));
    return [$revision->post_title, $revision->post_content];
}

/** Leave no brand, and the options as they were. */
function reset_site(): void
{
    global $wpdb;
    $wpdb->query("DELETE FROM $wpdb->postmeta WHERE post_id IN (SELECT ID FROM $wpdb->posts)");
    $wpdb->query("DELETE FROM $wpdb->posts");
    options(['brandsync_faults' => [], 'permalink_structure' => '/%postname%/', 'timezone_string' => '', 'gmt_offset' => 0]);
    foreach (['edit_others_brands', 'edit_published_brands'] as $capability) {
        get_role('brandsync')->add_cap($capability);
    }
    wp_cache_flush();
}
